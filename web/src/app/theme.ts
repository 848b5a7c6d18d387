// The look, as antd's tokens. The same colours are CSS variables in base.css;
// sizes follow the root font size, so that the browser's own setting counts.
import type { ThemeConfig } from 'antd'
import { prefs, type TypeSize } from '~/shared/prefs/prefs'

export const fontFamily =
  "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'PingFang SC', 'HarmonyOS Sans SC', MiSans, 'Microsoft YaHei UI', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', sans-serif"

const grow: Record<TypeSize, number> = { standard: 1, large: 1.1875, largest: 1.4375 }

// What the browser calls its normal size; people set it for good reasons.
const base = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / grow[prefs().size] || 16

export function theme(size: TypeSize, calm: boolean): ThemeConfig {
  const px = (n: number) => Math.round(n * grow[size] * (base / 16))
  return {
    cssVar: { key: 'wozai' },
    hashed: false,
    token: {
      colorPrimary: '#23456f',
      colorInfo: '#23456f',
      colorLink: '#23456f',
      colorSuccess: '#2c6a47',
      colorWarning: '#8a5a00',
      colorError: '#a4262c',
      colorTextBase: '#22252b',
      colorTextSecondary: '#4b4f57',
      colorTextTertiary: '#63666d',
      colorTextDescription: '#63666d',
      colorTextPlaceholder: '#71747a',
      colorBgBase: '#fffdf9',
      colorBgContainer: '#ffffff',
      colorBgElevated: '#fffdf9',
      colorBgLayout: '#f8f5ef',
      colorBorder: '#8f8676',
      colorBorderSecondary: '#e6dfd2',
      fontFamily,
      fontSize: px(16),
      lineHeight: 1.6,
      controlHeight: px(44),
      controlHeightSM: Math.max(36, px(36)),
      controlHeightLG: px(54),
      borderRadius: 8,
      borderRadiusLG: 12,
      controlOutlineWidth: 3,
      lineWidthFocus: 3,
      wireframe: false,
      motion: !calm,
      boxShadow: '0 8px 30px rgb(52 40 20 / .12)',
      boxShadowSecondary: '0 8px 30px rgb(52 40 20 / .14)',
    },
    components: {
      Button: { fontWeight: 500, primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', contentFontSizeLG: px(18) },
      Form: { itemMarginBottom: px(22), verticalLabelPadding: `0 0 ${px(6)}px`, labelColor: '#22252b' },
      Table: { headerBg: '#f4efe6', cellPaddingBlock: px(12) },
      Modal: { titleFontSize: px(20) },
      Tabs: { titleFontSize: px(16), horizontalItemPadding: `${px(11)}px 0` },
    },
  }
}
