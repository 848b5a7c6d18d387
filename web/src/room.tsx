// A meeting's room has the whole screen to itself and opens on weak phones: a
// program of its own, without antd, router and the other features, and with
// Preact in React's place (docs/adr/0006, vite.config.ts). Links from one
// program to the other are plain <a href>.
import { createRoot } from 'react-dom/client'
import { RoomApp } from './app/RoomApp'
import { prepareMedia } from './features/room/media/useMedia'
import { startWords } from './shared/words/words'
import './app/base.css'

const words = startWords({ 'zh-CN': () => import('./shared/words/room.zh-CN'), en: () => import('./shared/words/room.en') })
prepareMedia() // the largest part, needed at the end of the way in
void words.then(() => createRoot(document.getElementById('root')!).render(<RoomApp />))
