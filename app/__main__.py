"""`python -m app VERB`: every way to start the product from a terminal."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from app.commands.operator_actions import add_actions
from app.settings import Settings, SettingUnusable


def main(arguments: list[str] | None = None) -> int:
    """Parse the verb and run it; return the exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        print(f"A setting cannot be read:\n{error}", file=sys.stderr)
        return 2
    if parsed.leave_with_parent:
        from app.commands.running import leave_with_parent

        leave_with_parent()
    try:
        return _run(parsed, settings)
    except SettingUnusable as error:
        print(error, file=sys.stderr)
        return 2


def _take_film(film: argparse.ArgumentParser) -> None:
    film.add_argument("text", help="the text file; with --sound also the words themselves that are said in it")
    film.add_argument("--sound", type=Path, help="a recording (WAV, FLAC, OGG, MP3; English) that the face follows, instead of a voice")
    film.add_argument("--out", type=Path, default=Path("out/film.mp4"))
    film.add_argument("--face", default="amara", help="a face of the catalogue, or the .film.rig of one that was cast")
    film.add_argument("--voice", default="heart")
    film.add_argument("--size", type=int, default=720, help="side of the square picture in pixels")
    film.add_argument("--employee", help="whose film it is (emp_...), with --shop: it becomes a work of theirs, found again by its mark")
    film.add_argument("--shop", help="the shop they work for (shp_...)")
    film.add_argument("--title", help="what the film is called; else its file's name")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app", description="Tillhand: shops hire digital employees.")
    parser.add_argument("--leave-with-parent", action="store_true", help=argparse.SUPPRESS)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    demo = verbs.add_parser("demo", help="start everything with a demo shop and print two addresses")
    demo.add_argument("--check", action="store_true", help="play the story over HTTP, print its figures, and stop")
    shop = verbs.add_parser("demo-shop", help="the demo's make-believe shop; demo starts it")
    shop.add_argument("arrangement", type=Path)
    shop.add_argument("socket_fd", type=int)
    serve = verbs.add_parser("serve", help="the web process")
    serve.add_argument("--socket-fd", type=int, help="an inherited listening socket, in place of TILLHAND_HOST and TILLHAND_PORT")
    worker = verbs.add_parser("worker", help="one background process")
    worker.add_argument("--queues", default="prompt", help="comma-separated: prompt, render, gpu")
    _describe_stage(verbs.add_parser("stage", help="draw live talks on this machine's graphics card, for our own web processes"))
    database = verbs.add_parser("database", help="roles, schema, history")
    database.add_argument("action", choices=["prepare", "upgrade", "check", "revise"])
    database.add_argument("message", nargs="?", default="")
    film = verbs.add_parser("film", help="make a talking film from a text file")
    _take_film(film)
    scenes = verbs.add_parser("shoot", help="make a film in scenes from a script (JSON), or one for each row of a table")
    scenes.add_argument("script", type=Path)
    scenes.add_argument("--out", type=Path, default=Path("out/shoot.mp4"))
    scenes.add_argument("--face", default="amara")
    scenes.add_argument("--voice", default="", help="without it the voice that fits the face")
    scenes.add_argument("--batch", type=Path, help="a CSV table: one film for each row, its columns fill the script's {names}")
    scenes.add_argument("--preview", action="store_true", help="half the size, made quicker")
    cast = verbs.add_parser("cast", help="make a face that talks from one portrait")
    cast.add_argument(
        "photo", type=Path, help="head and shoulders from the front: JPEG, PNG, WebP, BMP or TIFF; a real person's needs their consent"
    )
    cast.add_argument("--name", required=True, help="what the person is called")
    cast.add_argument(
        "--out", type=Path, default=Path("out/cast"), help="the folder for the rigs, the poster and what was found (%(default)s)"
    )
    look = verbs.add_parser("verify-media", help="say what a film proves about itself (exit status 0: made here and unchanged)")
    look.add_argument("file", type=Path)
    hand = verbs.add_parser("operator", help="what we do for shops by hand: disputes, rates, outages, closing, verifying")
    add_actions(hand)
    brought = verbs.add_parser("weights", help="the trained weights of neural faces: what belongs where, fetch them, check them")
    tells = "list: what belongs there and what is there; fetch: bring what is missing; check: prove it, and with --film try it"
    brought.add_argument("action", choices=["list", "fetch", "check"], help=tells)
    brought.add_argument("folder", type=Path, nargs="?", help="without it TILLHAND_NEURAL_WEIGHTS, else the data folder's own `weights`")
    brought.add_argument("--accept-licences", action="store_true", help="with fetch: do not ask")
    brought.add_argument("--film", type=Path, help="with check: make this film with them and measure the face in it")
    brought.add_argument("--face", default="amara", help="with --film: a face of the catalogue")
    _take_filmed(verbs.add_parser("filmed", help="whoever a film shows, and agreed to it, says a text (needs the weights)"))
    verbs.add_parser("messages", help="bring the catalogues of translations up to date with the sentences in the source")
    verbs.add_parser("settings", help="what is configured, and which defaults are in force")
    return parser


def _take_filmed(film: argparse.ArgumentParser) -> None:
    film.add_argument("clip", type=Path, help="the film, with its agreement beside it (CLIP.consent.json)")
    film.add_argument("text", type=Path, nargs="?", help="the text file")
    film.add_argument("weights", type=Path, nargs="?", help="the folder of weights, see `weights fetch`")
    film.add_argument("--out", type=Path, default=Path("out/filmed.mp4"))
    film.add_argument("--voice", default="heart")
    film.add_argument("--forget", action="store_true", help="throw away what was prepared of this film, and make nothing")


def _describe_stage(drawn: argparse.ArgumentParser) -> None:
    drawn.add_argument("weights", type=Path, nargs="?", help="the folder of weights; without it TILLHAND_NEURAL_WEIGHTS")
    drawn.add_argument("--turbo", action="store_true", help="the small decoder: three times as many talks, a little softer")


def _run(parsed: argparse.Namespace, settings: Settings) -> int:
    """Import a verb's parts only when it is asked for, so that `--help` and small verbs start at once."""
    return _VERBS[parsed.verb](parsed, settings)


def _demo(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.demo import demo

    return demo(settings, is_check=parsed.check)


def _demo_shop(parsed: argparse.Namespace, _: Settings) -> int:
    from app.commands.demo_shop import demo_shop

    demo_shop(parsed.arrangement, parsed.socket_fd)
    return 0


def _serve(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.serve import serve

    serve(settings, parsed.socket_fd)
    return 0


def _worker(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.worker import worker

    worker(settings, parsed.queues)
    return 0


def _stage(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.stage import stage

    return stage(settings, parsed.weights or settings.neural_weights, is_turbo=parsed.turbo)


def _database(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.database import database

    database(settings, parsed.action, parsed.message)
    return 0


def _film(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.film import FilmWanted, film

    whose = (parsed.shop, parsed.employee, parsed.title)
    given = FilmWanted(Path(parsed.text), parsed.out, parsed.face, parsed.voice, parsed.size, *whose, parsed.sound, parsed.text)
    return film(settings, given)


def _shoot(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.shoot import Order, shoot_films

    return shoot_films(settings, Order(parsed.script, parsed.out, parsed.face, parsed.voice, parsed.batch, parsed.preview))


def _filmed(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.filmed import FilmedWanted, filmed

    return filmed(settings, FilmedWanted(parsed.clip, parsed.text, parsed.weights, parsed.out, parsed.voice, parsed.forget))


def _cast(parsed: argparse.Namespace, _: Settings) -> int:
    from app.commands.cast import cast

    return cast(parsed.photo, parsed.out, name=parsed.name)


def _verify_media(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.verify_media import check_media

    return check_media(settings, parsed.file)


def _operator(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.operator import operator

    return operator(settings, parsed)


def _weights(parsed: argparse.Namespace, settings: Settings) -> int:
    from app.commands.weights import WeightsWanted, weights

    folder = parsed.folder or settings.neural_weights or settings.data_folder / "weights"
    return weights(WeightsWanted(parsed.action, folder, parsed.accept_licences, parsed.film, parsed.face))


def _messages(_: argparse.Namespace, __: Settings) -> int:
    from app.commands.messages import messages

    return messages()


def _settings(_: argparse.Namespace, settings: Settings) -> int:
    from app.commands.show_settings import show_settings

    show_settings(settings)
    return 0


_VERBS: Final[dict[str, Callable[[argparse.Namespace, Settings], int]]] = {
    "demo": _demo, "demo-shop": _demo_shop, "serve": _serve, "worker": _worker, "stage": _stage, "database": _database,
    "film": _film, "shoot": _shoot,
    "cast": _cast, "filmed": _filmed,
    "verify-media": _verify_media, "operator": _operator, "weights": _weights, "messages": _messages, "settings": _settings,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
