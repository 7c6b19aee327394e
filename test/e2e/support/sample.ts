import { startPage } from '../../../src/page/server.js';
import type { Bed } from './bed.js';
import { CHAT_KEYS, CHAT_PODS, DialTraffic, startChat } from './chat-fleet.js';
import { Kiscaler } from './kiscaler.js';
import { externalTrigger, RECOMMENDED } from './objects.js';
import { SampleFeed } from './sample-feed.js';
import { Scene } from './scene.js';

const TICK = 2;
const PERIOD_MS = 600_000;
const MEAN_RATE = 5;
const SWING = 4;

/** A simulated fleet under a slow wave of traffic, scaled by kiscaler: something to look at. Gives what a person needs to know. */
export async function startSample(bed: Bed): Promise<readonly string[]> {
  const scene = await Scene.open(bed, 'inference');
  const traffic = new DialTraffic(MEAN_RATE);
  const fleet = await startChat(scene, traffic);
  const kiscaler = await Kiscaler.open(scene, { tick: TICK });
  const triggers = [externalTrigger(kiscaler.address, CHAT_KEYS)];
  await scene.scale({ name: 'chat', triggers, behavior: RECOMMENDED, spec: { maxReplicaCount: 8 } }, CHAT_PODS);
  const started = Date.now();
  const rate = (): number => MEAN_RATE + SWING * Math.sin((2 * Math.PI * (Date.now() - started)) / PERIOD_MS);
  const page = await startPage(new SampleFeed({ scene, kiscaler, traffic, ledger: fleet.ledger, rate }));
  return [
    `page        ${page.url}`,
    `kiscaler    ${kiscaler.metricsUrl}`,
    'try         kubectl -n inference get deploy,hpa,so,pods -w',
  ];
}
