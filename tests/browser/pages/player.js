// Hands the player's modules and one ready face to the tests; change(path) puts another face on a fresh canvas.
import { createFace } from "/player/face.js";
import { createPerformer } from "/player/performer.js";
import { readScore } from "/player/score.js";

const player = { createFace, createPerformer, readScore, change };

async function change(path) {
  player.canvas?.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
  player.canvas = document.getElementById("face").cloneNode();
  document.getElementById("face").replaceWith(player.canvas);
  player.rig = await (await fetch(path)).arrayBuffer();
  player.face = await createFace(player.canvas, player.rig.slice(0));
}

window.player = player;
await change("/amara.rig");
document.documentElement.dataset.ready = "yes";
