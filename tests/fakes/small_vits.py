"""A VITS voice of Coqui's library that has learned nothing, small enough to be made and heard in a second."""

from pathlib import Path


def write_small_vits(folder: Path, *, is_phonetic: bool = False, seed: int = 6) -> None:
    """Write `config.json` and `model.pth` of a model that is given letters, or the sounds of words."""
    import torch
    from TTS.tts.configs.vits_config import VitsConfig
    from TTS.tts.models.vits import Vits, VitsArgs, VitsCharacters

    torch.set_num_threads(1)
    small = VitsArgs(
        hidden_channels=16, hidden_channels_ffn_text_encoder=32, num_layers_text_encoder=1, num_layers_flow=1,
        num_layers_posterior_encoder=1,
        upsample_initial_channel_decoder=16, upsample_rates_decoder=[8, 8, 4], upsample_kernel_sizes_decoder=[16, 16, 8], use_sdp=False,
        resblock_kernel_sizes_decoder=[3], resblock_dilation_sizes_decoder=[[1, 3, 5]], num_chars=len(VitsCharacters().vocab),
    )  # fmt: skip
    config = VitsConfig(model_args=small, use_phonemes=False, text_cleaner="basic_cleaners", add_blank=True)
    torch.manual_seed(seed)
    model = Vits.init_from_config(config)
    config.use_phonemes = is_phonetic
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model.pth")
