import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { nonceForStyles } from './app/csp'
import { keepProgram } from './app/worker'
import { startWords } from './shared/words/words'
import './app/base.css'

nonceForStyles()
keepProgram()

void startWords({ 'zh-CN': () => import('./shared/words/zh-CN'), en: () => import('./shared/words/en') }).then(() => createRoot(document.getElementById('root')!).render(<App />))
