// Hands the player's modules and one ready face to the tests.
import { createFace } from "/player/face.js";
import { createPerformer } from "/player/performer.js";
import { readScore } from "/player/score.js";

const rig = await (await fetch("/amara.rig")).arrayBuffer();
const canvas = document.getElementById("face");
const face = await createFace(canvas, rig.slice(0));
window.player = { face, canvas, rig, createFace, createPerformer, readScore };
document.documentElement.dataset.ready = "yes";
