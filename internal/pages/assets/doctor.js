// Looks over, from this very browser, what a meeting needs. It stores and sends nothing.
(function () {
  'use strict'
  var words = JSON.parse(document.getElementById('script').textContent).checks
  var list = document.getElementById('checks')
  function say(key, params) {
    return words[key].replace(/\{\{\s*(\w+)\s*\}\}/g, function (_, name) { return params && params[name] !== undefined ? params[name] : '' })
  }
  // One line a check; a later answer takes the place of an earlier one.
  function show(check, state, key, params) {
    var line = document.getElementById('check-' + check)
    if (!line) {
      line = document.createElement('li')
      line.id = 'check-' + check
      list.appendChild(line)
    }
    line.className = state
    line.textContent = { well: '✓ ', mind: '! ', broken: '✗ ', wait: '… ' }[state] + say(key, params)
  }

  function secure() { show('secure', window.isSecureContext ? 'well' : 'broken', window.isSecureContext ? 'secure' : 'insecure') }
  function rtc() { show('rtc', window.RTCPeerConnection ? 'well' : 'broken', window.RTCPeerConnection ? 'rtc' : 'no_rtc') }

  function permission(name) {
    if (!navigator.permissions || !navigator.permissions.query) return
    navigator.permissions.query({ name: name }).then(function (p) {
      show(name, p.state === 'denied' ? 'broken' : p.state === 'granted' ? 'well' : 'mind', name + '_' + p.state)
    }, function () { /* this browser does not tell; the button asks */ })
  }
  function devices() {
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
      show('camera', 'broken', 'no_devices')
      return
    }
    ;[['camera', { video: true }], ['microphone', { audio: true }]].reduce(function (before, d) {
      return before.then(function () {
        return navigator.mediaDevices.getUserMedia(d[1]).then(function (stream) {
          stream.getTracks().forEach(function (t) { t.stop() })
          show(d[0], 'well', d[0] + '_granted')
        }, function (e) {
          show(d[0], 'broken', e.name === 'NotAllowedError' ? d[0] + '_denied' : e.name === 'NotFoundError' ? d[0] + '_none' : d[0] + '_busy')
        })
      })
    }, Promise.resolve())
  }

  function socket() {
    show('socket', 'wait', 'socket_wait')
    var s, began = performance.now(), done = false
    function end(state, key, params) {
      if (done) return
      done = true
      show('socket', state, key, params)
      try { s.close() } catch (e) { /* it is closed */ }
    }
    try { s = new WebSocket(location.origin.replace(/^http/, 'ws') + '/doctor/socket') } catch (e) { end('broken', 'socket_broken'); return }
    s.onopen = function () { began = performance.now(); s.send('ping') }
    s.onmessage = function () { end('well', 'socket_well', { ms: Math.round(performance.now() - began) }) }
    s.onerror = s.onclose = function () { end('broken', 'socket_broken') }
    setTimeout(function () { end('broken', 'socket_broken') }, 8000)
  }

  // The server sends five events, a fifth of a second apart. Together they would mean that
  // something on the way keeps them back.
  function stream() {
    show('stream', 'wait', 'stream_wait')
    var times = [], e = new EventSource('/doctor/stream')
    function end() {
      e.close()
      if (times.length < 5) show('stream', 'broken', 'stream_broken')
      else if (times[4] - times[0] < 400) show('stream', 'broken', 'stream_kept')
      else show('stream', 'well', 'stream_well')
    }
    var patience = setTimeout(end, 8000)
    e.onmessage = function () {
      times.push(performance.now())
      if (times.length === 5) { clearTimeout(patience); end() }
    }
    e.onerror = function () { clearTimeout(patience); end() }
  }

  function clock() {
    var sent = Date.now()
    fetch('/doctor/clock', { credentials: 'same-origin', cache: 'no-store' }).then(function (r) { return r.json() }).then(function (t) {
      var back = Date.now()
      var seconds = Math.round(Math.abs(t.now - (sent + back) / 2) / 1000)
      show('clock', seconds > 30 ? 'mind' : 'well', seconds > 30 ? 'clock_off' : 'clock_well', { seconds: seconds, ms: back - sent })
    }).catch(function () { show('clock', 'broken', 'clock_broken') })
  }

  function run() { secure(); rtc(); permission('camera'); permission('microphone'); socket(); stream(); clock() }
  document.getElementById('devices').onclick = devices
  document.getElementById('again').onclick = run
  run()
})()
