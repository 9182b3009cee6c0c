export { english as default } from "./texts.js";
