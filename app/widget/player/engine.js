// @ts-check
/** The avatar engine's front door: a face drawn from its rig, a performer who moves it, and the score he plays. Loaded once she is seen. */
export { createFace } from "./face.js";
export { createPerformer } from "./performer.js";
export { readScore } from "./score.js";
