import { REQUESTS, requestOf } from './requests.js';

for (let i = 0; i < REQUESTS; i++) process.stdout.write(`${requestOf(i).line}\n`);
