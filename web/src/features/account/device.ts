// A browser's own description in words that its owner recognises.

const browsers: [RegExp, string][] = [
  [/MicroMessenger\//, '微信 WeChat'],
  [/wxwork\//i, '企业微信 WeCom'],
  [/DingTalk\//i, '钉钉 DingTalk'],
  [/HuaweiBrowser\//, 'Huawei Browser'],
  [/MiuiBrowser\//, 'Mi Browser'],
  [/Edg(A|iOS)?\//, 'Edge'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/(Headless)?Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]

const systems: [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'Mac'],
  [/Linux/, 'Linux'],
]

/** wxwork names itself MicroMessenger too, and nearly everybody Safari: the order decides. */
export function deviceOf(agent: string): { browser?: string; system?: string } {
  const first = /wxwork\//i.test(agent) ? browsers[1] : browsers.find(([pattern]) => pattern.test(agent))
  return { browser: first?.[1], system: systems.find(([pattern]) => pattern.test(agent))?.[1] }
}
