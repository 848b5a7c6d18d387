import { expect, test } from 'vitest'
import { deviceOf } from './device'

test.each([
  ['WeChat, iPhone', '微信 WeChat', 'iPhone'],
  ['WeCom, Android', '企业微信 WeCom', 'Android'],
  ['Edge, Windows', 'Edge', 'Windows'],
  ['Firefox', 'Firefox', undefined],
  ['Linux', undefined, 'Linux'],
  ['', undefined, undefined],
])('%s', (device, browser, system) => {
  expect(deviceOf(device)).toEqual({ browser, system })
})
