import type { Hit } from './components/Finder'

export const unitAddress = (id: string) => `/units/${id}`
export const personAddress = (id: string) => `/people/${id}`
export const addressOf = ({ what, hit }: Hit) => (what === 'unit' ? unitAddress(hit.id) : personAddress(hit.id))
