// The server keeps of a device the names of its browser and system, "WeChat, Android", as far as it knows them
// (`device` in internal/account).

const systems = new Set(['HarmonyOS', 'Android', 'iPhone', 'iPad', 'Windows', 'macOS', 'Linux'])
const known: Record<string, string> = { WeChat: '微信 WeChat', WeCom: '企业微信 WeCom', DingTalk: '钉钉 DingTalk' }

/** A device in words that its owner recognises. */
export function deviceOf(device: string): { browser?: string; system?: string } {
  const names = device.split(', ').filter(Boolean)
  const browser = names.find((name) => !systems.has(name))
  return { browser: browser && (known[browser] ?? browser), system: names.find((name) => systems.has(name)) }
}
