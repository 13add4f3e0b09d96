/* Regulars. Nothing is stored or sent before consent, nor under Do-Not-Track or GPC. */
(function (w, d, n) {
  "use strict";
  var tag = d.currentScript, data = tag ? tag.dataset : {}, early = w.regulars;
  var url = (data.host || (tag && tag.src ? new URL(tag.src).origin : "")) + "/v1/b";
  var SIZE = 20, MOST = 200;
  var no = n.doNotTrack === "1" || w.doNotTrack === "1" || n.globalPrivacyControl === true;
  var yes = !no && data.consent === "given", id = null, user = null, queue = [], timer = 0, wait = 1000;

  function fresh() {
    var s = "", b = crypto.getRandomValues(new Uint8Array(16));
    for (var i = 0; i < 16; i++) s += (b[i] + 256).toString(16).slice(1);
    return s;
  }
  function cookie(value, age) {
    d.cookie = "regulars_id=" + value + ";path=/;max-age=" + age + ";samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
  }
  function visitor() {
    if (!id) {
      var found = d.cookie.match(/(?:^|; )regulars_id=([\w-]{16,64})/);
      id = found ? found[1] : fresh();
      // For a year.
      cookie(id, 31536e3);
    }
    return id;
  }
  function bare(address) { return address ? address.split(/[?#]/)[0] : ""; }
  function campaign() {
    var found;
    new URLSearchParams(location.search).forEach(function (value, name) {
      if (/^utm_(source|medium|campaign|term|content)$/.test(name))
        (found = found || {})[name === "utm_campaign" ? "name" : name.slice(4)] = value.slice(0, 100);
    });
    return found;
  }
  function add(type, more) {
    if (no || queue.length >= MOST) return;
    more.type = type;
    more.messageId = fresh();
    more.timestamp = new Date().toISOString();
    if (user && !more.userId) more.userId = user;
    more.context = {
      page: { url: bare(location.href), path: location.pathname, referrer: bare(d.referrer), title: d.title },
      campaign: campaign(), locale: n.language, userAgent: n.userAgent,
      library: { name: "regulars.js", version: "1" }
    };
    queue.push(more);
    if (yes) later();
  }
  function later() { if (!timer) timer = setTimeout(send, wait); }
  function next() {
    var count = SIZE, some;
    do {
      some = queue.slice(0, count);
      some.forEach(function (one) { one.anonymousId = one.anonymousId || visitor(); });
      some.text = JSON.stringify({ writeKey: data.key, batch: some, sentAt: new Date().toISOString() });
      // While a page is left, browsers take 64 KB.
      some.large = new Blob([some.text]).size > 6e4;
    } while (some.large && (count >>= 1));
    queue.splice(0, some.length);
    return some;
  }
  function send() {
    timer = 0;
    if (!yes || !queue.length) return;
    var some = next();
    function again() {
      queue = some.concat(queue).slice(0, MOST);
      wait = Math.min(wait * 2, 60000);
      later();
    }
    fetch(url, { method: "POST", body: some.text, keepalive: !some.large, credentials: "omit" })
      .then(function (answer) {
        if (answer.status === 429 || answer.status >= 500) return again();
        wait = 1000;
        if (queue.length) later();
      }, again);
  }
  function leave() {
    while (yes && queue.length) {
      var some = next();
      if (!n.sendBeacon || !n.sendBeacon(url, some.text)) { queue = some.concat(queue); return; }
    }
  }
  function told(name) { return function (about) { api.track(name, about); }; }
  var api = {
    page: function (about) { add("page", { properties: about || {} }); },
    track: function (name, about) { add("track", { event: name, properties: about || {} }); },
    product: told("Product Viewed"),
    added: told("Product Added"),
    removed: told("Product Removed"),
    cart: told("Cart Viewed"),
    checkout: told("Checkout Started"),
    step: function (number, about) { api.track("Checkout Step Completed", Object.assign({ step: number }, about)); },
    identify: function (key, traits) { user = String(key); add("identify", { userId: user, traits: traits || {} }); },
    reset: function () { leave(); cookie("", 0); id = user = null; queue = []; },
    consent: function (given) {
      yes = given && !no;
      if (yes) { if (queue.length) later(); } else { cookie("", 0); id = user = null; queue = []; }
    },
    push: function (call) { api[call[0]].apply(api, call.slice(1)); }
  };
  w.regulars = api;
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") leave(); });
  addEventListener("pagehide", leave);
  if (data.page !== "off") api.page();
  if (Array.isArray(early)) early.forEach(api.push);
})(window, document, navigator);
