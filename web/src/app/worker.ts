// Has the service worker (worker/sw.ts) keep the program of the pages. Where there is none (plain http in
// a local network, a certificate that is not trusted) everything else works.
export function keepProgram() {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!import.meta.env.PROD || !workers) return
  addEventListener('load', () => {
    const tell = () => workers.controller?.postMessage({ loaded: performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname) })
    if (!workers.controller) {
      workers.addEventListener('controllerchange', tell, { once: true })
      // What was on its way at that moment did not pass the worker either.
      new PerformanceObserver((list) => list.getEntries().some((e) => e.name.includes('/assets/')) && tell()).observe({ entryTypes: ['resource'] })
    }
    workers.register('/sw.js').catch(() => undefined)
  })
}
