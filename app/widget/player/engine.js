// @ts-check
/** The avatar engine's front door: a face drawn from its rig, a performer who moves it, and the score it plays. Loaded once it is seen. */
export { createFace } from "./face.js";
export { createPerformer } from "./performer.js";
export { readScore } from "./score.js";
