import { createRoot } from 'react-dom/client'
import { nonceForStyles } from './app/csp'
import { App } from './app/App'
import { startWords } from './shared/words/words'
import './app/base.css'

nonceForStyles()
startWords().then(() => createRoot(document.getElementById('root')!).render(<App />))
