// Loaded only where a chart is shown. Drawn on a canvas: its vector and its tooltips would write styles
// that the content policy forbids, and what it shows stands in a table beside it anyway.
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { init, use as bring } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import styles from './parts.module.css'

bring([BarChart, LineChart, GridComponent, LegendComponent, CanvasRenderer])

export interface ChartProps {
  kind: 'bar' | 'line'
  /** What it shows; said in its place where it is not seen. */
  title: string
  labels: string[]
  series: { name: string; values: (number | null)[] }[]
}

const colours = ['#8f8676', '#23456f', '#2c6a47', '#8a5a00']
const dashes = ['dashed', 'solid', 'solid', 'dotted'] // not by colour alone

export default function Chart({ kind, title, labels, series }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const el = box.current
    if (!el) return
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    const text = { fontSize: rem * 0.875, color: '#4b4f57', fontFamily: getComputedStyle(el).fontFamily }
    const across = kind === 'bar' // long words of options stand beside their bar
    const names = { type: 'category' as const, data: labels, axisLabel: { ...text, width: rem * 8, overflow: 'truncate' as const }, inverse: across, axisTick: { show: false } }
    const numbers = { type: 'value' as const, minInterval: 1, min: 0, axisLabel: text, splitLine: { lineStyle: { color: '#e6dfd2' } } }
    const chart = init(el)
    chart.setOption({
      animation: false,
      grid: { left: rem * 0.5, right: rem * 2.5, top: series.length > 1 ? rem * 2.25 : rem * 0.5, bottom: rem * 0.5, outerBoundsMode: 'same' },
      legend: series.length > 1 ? { top: 0, left: 0, textStyle: text } : undefined,
      xAxis: across ? numbers : names,
      yAxis: across ? names : numbers,
      series: series.map((s, i) => ({
        type: kind,
        name: s.name,
        data: s.values,
        color: series.length > 1 ? colours[i % colours.length] : '#23456f',
        lineStyle: { width: 2.5, type: dashes[i % dashes.length] },
        symbolSize: 7,
        barMaxWidth: rem * 1.5,
        label: { show: across, position: 'right', ...text },
      })),
    })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(el)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [kind, labels, series])
  return <div ref={box} className={styles.chart} role="img" aria-label={title} data-lines={kind === 'bar' ? Math.min(labels.length, 12) : undefined} />
}
