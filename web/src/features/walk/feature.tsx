import type { Feature } from '~/shared/feature'
import { Walk } from './Walk'

/** The demonstration's guided walk. Every part of the product adds its steps to steps.ts. */
export const walk: Feature = { name: 'walk', home: { lead: Walk } }
