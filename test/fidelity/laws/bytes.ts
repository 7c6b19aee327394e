/** Prints the hash of everything that the gallery's scenarios come to; CI compares it between Node versions. */
import { hashOfGallery } from './gallery-hash.js';

process.stdout.write(`${await hashOfGallery(1)}\n`);
