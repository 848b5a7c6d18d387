// Web push as this browser knows it: whether it can, may, and does.

type Registration = ServiceWorkerRegistration

export const canPush = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

const registered = (): Promise<Registration | undefined> => (canPush() ? navigator.serviceWorker.getRegistration() : Promise.resolve(undefined))

/** Asks the reader and then the browser's push service. Undefined when the reader does not want it; throws when there is no such service. */
export async function subscribe(key: string): Promise<{ endpoint: string; p256dh: string; auth: string } | undefined> {
  if ((await Notification.requestPermission()) !== 'granted') return undefined
  const { pushManager } = await navigator.serviceWorker.ready
  await (await pushManager.getSubscription())?.unsubscribe() // of another installation's key, or of somebody before
  const s = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  const { keys = {} } = s.toJSON()
  return { endpoint: s.endpoint, p256dh: keys.p256dh ?? '', auth: keys.auth ?? '' }
}

/** This browser is reached no more; also when the server cannot be told. */
export async function unsubscribe() {
  try {
    await (await (await registered())?.pushManager.getSubscription())?.unsubscribe()
  } catch {
    // The server has forgotten it, or does with the session.
  }
}
