export { duration } from '../kisim/duration.js';
