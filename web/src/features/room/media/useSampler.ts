import { useState } from 'react'
import type { Sample } from '../ladder'
import type { MediaLink } from './link'

/** Where the ladder asks how the line is: the media while there is one, else the server's answers alone. */
export class Sampler {
  link: MediaLink | undefined
  trip: number | undefined
  setTrip = (trip: number | undefined) => {
    this.trip = trip
  }
  sample = async (): Promise<Sample> => {
    const s: Sample = this.link ? await this.link.sample() : { at: Date.now() }
    return { ...s, rtt: s.rtt ?? this.trip }
  }
}

export function useSampler(): Sampler {
  return useState(() => new Sampler())[0]
}
