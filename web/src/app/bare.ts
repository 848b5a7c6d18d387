// The pages without the shell, by how their address begins. Each gets the whole
// path and finds its ids there itself: a router would cost a weak phone 30 KB.
// Links from one world to the other are plain <a href>: each is a program of
// its own. None of these pages imports antd.
import type { ComponentType } from 'react'

export const barePages: Record<string, () => Promise<{ default: ComponentType<{ path: string }> }>> = {
  '/room/': () => import('~/features/room/RoomPage'),
}

export function isBare(path: string): boolean {
  return barePage(path) !== undefined
}

export function barePage(path: string) {
  return Object.entries(barePages).find(([begin]) => path.startsWith(begin))?.[1]
}
