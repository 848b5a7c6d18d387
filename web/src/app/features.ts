// The slices, in no particular order. A new one is one line here.
import type { Feature } from '~/shared/feature'

export const features: Feature[] = []
