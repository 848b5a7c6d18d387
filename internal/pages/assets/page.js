// The script of the light pages. Plain JavaScript of 2017: it must run in the
// in-app browsers of old phones. It says nothing that the server has not worded.
(function () {
  'use strict'
  var info = JSON.parse(document.getElementById('script').textContent)
  var $ = function (id) { return document.getElementById(id) }

  // --- type size and language: a cookie and the page anew; what stands behind # stays
  function choose(name, value) {
    document.cookie = name + '=' + value + '; Path=/; Max-Age=31536000; SameSite=Lax' + (location.protocol === 'https:' ? '; Secure' : '')
    try { sessionStorage.setItem('kept', JSON.stringify(entered())) } catch (e) { /* then it is typed again */ }
    location.reload()
  }
  $('size').onclick = function () { choose('wozai_size', info.nextSize) }
  $('lang').onclick = function () { choose('wozai_lang', info.other) }

  // The organisation's time zone is the browser's unless one says otherwise.
  if ($('timezone')) zones($('timezone'))
  function zones(select) {
    var own = Intl.DateTimeFormat().resolvedOptions().timeZone
    if (!own) return // the machine's, then
    var all = Intl.supportedValuesOf ? Intl.supportedValuesOf('timeZone') : []
    if (all.indexOf(own) < 0) all.unshift(own)
    all.forEach(function (zone) {
      var option = document.createElement('option')
      option.value = zone
      option.selected = zone === own
      option.textContent = zone + ' · ' + new Intl.DateTimeFormat(info.lang, { timeZone: zone, timeZoneName: 'long' }).formatToParts(new Date()).filter(function (p) { return p.type === 'timeZoneName' })[0].value
      select.appendChild(option)
    })
    $('zone').hidden = false
  }

  // What was entered survives that, but never a password.
  function entered() {
    var kept = {}
    document.querySelectorAll('form input, form select').forEach(function (i) {
      if (i.type === 'radio' ? i.checked && i.name !== 'lang' : i.type !== 'password' && i.autocomplete !== 'current-password' && i.autocomplete !== 'new-password') kept[i.name] = i.value
    })
    return kept
  }
  try {
    var kept = JSON.parse(sessionStorage.getItem('kept') || '{}')
    sessionStorage.removeItem('kept')
    document.querySelectorAll('form input, form select').forEach(function (i) {
      if (!(i.name in kept)) return
      if (i.type === 'radio') i.checked = i.value === kept[i.name]
      else i.value = kept[i.name]
    })
  } catch (e) { /* nothing was kept */ }

  // --- words
  function fill(text, params) {
    return text.replace(/\{\{\s*(\w+)\s*\}\}/g, function (_, name) { return params && params[name] !== undefined ? params[name] : '' })
  }
  function wordFault(code, params, otherwise) { return fill(info.fault[code] || info.fault[otherwise || 'internal'], params) }

  // --- asking the server; calls back with (problem, answer)
  function newKey() {
    var bytes = crypto.getRandomValues(new Uint8Array(16))
    return Array.prototype.map.call(bytes, function (b) { return ('0' + b.toString(16)).slice(-2) }).join('')
  }
  function send(path, body) {
    var key = newKey()
    var tries = 0
    function once() {
      return fetch('/api/v1' + path, {
        method: 'POST', credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(body),
      }).catch(function () {
        // Nothing came back: the same request again is done once by the server.
        if (++tries > 2) throw { code: navigator.onLine === false ? 'offline' : 'network' }
        return new Promise(function (done) { setTimeout(done, 500 * tries) }).then(once)
      })
    }
    return once().then(function (r) {
      return r.json().catch(function () { return {} }).then(function (answer) {
        if (r.ok) return answer
        throw { status: r.status, code: answer.code || 'internal', params: answer.params, errors: answer.errors || [] }
      })
    })
  }

  // --- forms
  document.querySelectorAll('[data-shows]').forEach(function (b) {
    b.onclick = function () {
      var input = $(b.getAttribute('data-shows'))
      var show = input.type === 'password'
      input.type = show ? 'text' : 'password'
      b.setAttribute('aria-pressed', String(show))
      b.querySelector('[data-when=hidden]').hidden = show
      b.querySelector('[data-when=shown]').hidden = !show
    }
  })

  function clear(form) {
    $('trouble').hidden = true
    form.querySelectorAll('.fault').forEach(function (f) { f.remove() })
    form.querySelectorAll('[aria-invalid]').forEach(function (i) { i.removeAttribute('aria-invalid'); i.removeAttribute('aria-describedby') })
  }
  function mark(input, text) {
    var p = document.createElement('p')
    p.className = 'fault'
    p.id = 'fault-' + input.id
    p.textContent = text
    var at = input.parentNode.className === 'password' ? input.parentNode : input
    at.parentNode.insertBefore(p, at.nextSibling)
    input.setAttribute('aria-invalid', 'true')
    input.setAttribute('aria-describedby', p.id)
  }
  function complain(form, problem, names) {
    var lines = [wordFault(problem.code, problem.params)]
    var first
    ;(problem.errors || []).forEach(function (e) {
      var input = $((names || {})[e.field] || e.field)
      var text = wordFault(e.code, e.params, 'format')
      if (input && form.contains(input)) { mark(input, text); first = first || input }
      else lines.push(text)
    })
    $('trouble').textContent = lines.join(' ')
    $('trouble').hidden = false
    ;(first || $('trouble')).focus()
  }
  function onSubmit(form, names, act) {
    var button = form.querySelector('.big')
    var busy = false
    form.onsubmit = function (e) {
      e.preventDefault()
      if (busy) return
      clear(form)
      var missing = []
      form.querySelectorAll('[required]').forEach(function (i) { if (!i.value.trim()) missing.push({ field: i.id, code: 'required' }) })
      if (missing.length) return complain(form, { code: 'invalid', errors: missing }, {})
      busy = true
      button.disabled = true
      act().catch(function (problem) {
        busy = false
        button.disabled = false
        complain(form, problem.code ? problem : { code: 'internal' }, names)
      })
    }
  }

  // What waits on this device for its author is said before anybody signs in here; what was only read goes.
  function looksAtDevice() {
    if (!window.indexedDB) return
    indexedDB.deleteDatabase('wozai-read')
    ;['wozai-rollcall', 'wozai-begun'].forEach(function (name) {
      var opening = indexedDB.open(name)
      opening.onupgradeneeded = function () { opening.transaction.abort() } // there is none, and none is made
      opening.onsuccess = function () {
        var count = opening.result.transaction('answers').objectStore('answers').count()
        opening.result.close()
        count.onsuccess = function () { if (count.result) $('kept').hidden = false }
      }
    })
  }

  if (info.page === 'signin') {
    try { looksAtDevice() } catch (e) { /* a browser that keeps nothing */ }
    onSubmit($('signin'), {}, function () {
      return send('/session', { login: $('login').value.trim(), password: $('password').value }).then(function () {
        // Opened beside a page whose session had ended: that page goes on by itself.
        location.replace(info.next)
      })
    })
  }

  if (info.page === 'setup') {
    onSubmit($('setup'), { password: 'new' }, function () {
      var login = $('login').value.trim()
      var password = $('new').value
      var lang = document.querySelector('[name=lang]:checked').value
      var body = {
        organisation: $('organisation').value, profile: (document.querySelector('[name=profile]:checked') || {}).value || '', lang: lang,
        name: $('name').value, login: login, password: password,
      }
      if ($('timezone')) body.timezone = $('timezone').value
      if ($('code')) body.code = $('code').value.trim()
      return send('/setup', body).then(function () { return send('/session', { login: login, password: password }) }).then(function () {
        document.cookie = 'wozai_lang=' + lang + '; Path=/; Max-Age=31536000; SameSite=Lax'
        location.replace('/')
      })
    })
  }

  if (info.page === 'join') join()

  function join() {
    var token = location.hash.slice(1)
    var agent = navigator.userAgent
    var inApp = /MicroMessenger|wxwork|DingTalk/i.test(agent)
    var realtime = 'RTCPeerConnection' in window && navigator.mediaDevices && navigator.mediaDevices.getUserMedia
    if (!realtime) {
      $('norealtime').hidden = false
      document.querySelector('[data-why=' + (window.isSecureContext === false ? 'insecure' : 'old') + ']').hidden = false
    }
    if (inApp) {
      $('inapp').hidden = false
      $('inapp').open = !realtime
    }
    $('copylink').onclick = function () {
      copy(location.href).then(function (ok) { $('copied').textContent = ok ? info.say.copied : info.say.copyFailed })
    }
    // Another link pasted into the same window is another meeting.
    window.onhashchange = function () { location.reload() }

    function only(id) {
      ;['waiting', 'meeting', 'refused'].forEach(function (other) { $(other).hidden = other !== id })
    }
    function refuse(problem) {
      makeWay()
      only('refused')
      $('why').textContent = wordFault(problem.code, problem.params)
      var passing = ['network', 'offline', 'internal', 'unavailable', 'stopping', 'slow_down', 'busy'].indexOf(problem.code) >= 0
      $('again').hidden = !passing
      $('ask').hidden = passing || problem.code === 'link_ended'
    }
    $('again').onclick = function () { location.reload() }

    var ahead = []
    var underWay = []
    if (!token) return refuse({ code: 'link_unknown' })
    look()
    ahead = (window.RTCPeerConnection && info.ahead) || []
    ahead.splice(0, 2).forEach(fetchAhead)

    function look() {
      send('/session/link/look', { token: token }).then(show).catch(function (problem) { refuse(problem.code ? problem : { code: 'internal' }) })
    }

    function show(m) {
      only('meeting')
      document.title = m.title
      $('title').textContent = m.title
      if (m.kind) $('kind').textContent = m.kind
      $('time').textContent = when(m.starts_at, m.ends_at)
      $('inviter').textContent = m.inviter || ''
      $('inviterRow').hidden = !m.inviter
      $('person').textContent = m.person || ''
      $('personRow').hidden = !m.person
      var state = m.state || 'open'
      $('state').hidden = state === 'open'
      $('enter').hidden = state === 'ended' || state === 'cancelled'
      $('devices').hidden = $('enter').hidden
      if ($('enter').hidden) makeWay()
      $('enter').disabled = state === 'early'
      if (state !== 'open') {
        $('state').textContent = fill(info.say[state], { time: when(m.opens_at || m.starts_at) })
      }
      // The button lights up by itself when the doors open.
      if (state === 'early') setTimeout(look, 20000)
    }

    // While people read, their browser fetches what the room will need, after everything else: two at a time, so that the
    // line is never idle.
    function fetchAhead(file) {
      var stop = window.AbortController && new AbortController()
      underWay.push(file)
      file.stop = function () { if (stop) stop.abort() }
      file.there = fetch(file.address, { priority: 'low', signal: stop && stop.signal }).then(function (r) {
        if (!r.body) return r.blob()
        var reader = r.body.getReader()
        file.since = Date.now()
        file.got = 0
        return reader.read().then(function next(part) {
          if (part.done) return
          file.got += part.value.length
          return reader.read().then(next)
        })
      }).then(function () {
        underWay.splice(underWay.indexOf(file), 1)
        if (ahead.length) fetchAhead(ahead.shift())
      }).catch(function () { /* then it comes later */ })
    }
    // Leaving the page tears off what is not complete, and it comes again from its beginning: what is soon there is waited
    // for, what is not makes way. Gives when to leave.
    function makeWay() {
      ahead = []
      var soon = underWay.filter(function (file) {
        var left = file.got ? (Date.now() - file.since) * (file.size / file.got - 1) : Infinity
        if (left > 1500) file.stop()
        return left <= 1500
      })
      return Promise.race([Promise.all(soon.map(function (file) { return file.there })), new Promise(function (late) { setTimeout(late, 2000) })])
    }

    $('enter').onclick = function () {
      var ready = makeWay()
      $('enter').disabled = true
      $('trouble').hidden = true
      send('/session/link', { token: token }).then(function (answer) {
        return ready.then(function () { location.assign('/room/' + encodeURIComponent(answer.meeting_id)) })
      }).catch(function (problem) {
        $('enter').disabled = false
        $('trouble').textContent = wordFault(problem.code || 'internal', problem.params)
        $('trouble').hidden = false
      })
    }
  }

  // A time by the organisation's clock, and by the reader's own where that shows another.
  function when(from, to) {
    function at(zone) {
      function say(date, how) {
        if (zone) how.timeZone = zone
        return new Date(date).toLocaleString(info.lang, how)
      }
      function clock(date) { return say(date, { hour: '2-digit', minute: '2-digit', hour12: false }) }
      return say(from, { month: 'long', day: 'numeric', weekday: 'long' }) + ' ' + clock(from) + (to ? ' – ' + clock(to) : '')
    }
    var here = at()
    var there = here
    try { there = at(info.zone) } catch (e) { /* a browser that does not know the zone */ }
    return there === here ? here : fill(info.say.localTime, { said: there, time: here })
  }

  function copy(text) {
    var old = function () {
      var area = document.createElement('textarea')
      area.value = text
      document.body.appendChild(area)
      area.select()
      var ok = document.execCommand('copy')
      area.remove()
      return ok
    }
    if (!navigator.clipboard) return Promise.resolve(old())
    return navigator.clipboard.writeText(text).then(function () { return true }, old)
  }
})()
