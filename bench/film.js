async (width, height, perSecond, kbits) => {
  const canvas = new OffscreenCanvas(width, height)
  const g = canvas.getContext('2d')
  const out = []
  const encoder = new VideoEncoder({
    output(chunk) {
      const data = new Uint8Array(chunk.byteLength)
      chunk.copyTo(data)
      out.push(btoa(Array.from(data, (b) => String.fromCharCode(b)).join('')))
    },
    error(e) {
      throw e
    },
  })
  encoder.configure({ codec: 'vp8', width, height, framerate: perSecond, bitrate: kbits * 1000, bitrateMode: 'constant', latencyMode: 'realtime' })
  for (let i = 0; i < 2 * perSecond; i++) {
    // Somebody before a wall of many small patterns, who moves: enough to use the rate up.
    g.fillStyle = '#c8beaa'
    g.fillRect(0, 0, width, height)
    for (let n = 0; n < 900; n++) {
      g.fillStyle = `hsl(${(n * 47) % 360} 40% 55%)`
      g.fillRect((n * 97 + i * (n % 5)) % width, (n * 53) % height, 14, 9)
    }
    g.fillStyle = '#5a4632'
    g.beginPath()
    g.arc(width / 2 + 30 * Math.sin(i / 4), height / 2, height / 4, 0, 7)
    g.fill()
    const frame = new VideoFrame(canvas, { timestamp: (i * 1e6) / perSecond })
    encoder.encode(frame, { keyFrame: i === 0 })
    frame.close()
    while (encoder.encodeQueueSize > 2) await new Promise((more) => setTimeout(more, 5))
  }
  await encoder.flush()
  return out
}
