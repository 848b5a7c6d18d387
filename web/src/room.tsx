// A meeting's room has the whole screen to itself and opens on weak phones: a
// program of its own, without antd, router and the other features, and with
// Preact in React's place (docs/adr/0006, vite.config.ts). Links from one
// program to the other are plain <a href>.
import { createRoot } from 'react-dom/client'
import { RoomApp } from './app/RoomApp'
import { startWords } from './shared/words/words'
import './app/base.css'

void startWords({ 'zh-CN': () => import('./shared/words/room.zh-CN'), en: () => import('./shared/words/room.en') }).then(() => createRoot(document.getElementById('root')!).render(<RoomApp />))
