// Push: asks the browser for a subscription, puts it into the form, sends the form; the next page is signed.
// Where the server thinks that it is on and the browser does not, the page says so.
{
  const words = {
    asking: "Your phone asks whether notifications may be shown …",
    refused: "Notifications are not allowed for this app. Allow them in the phone's settings, then try again.",
    missing: "This browser cannot be told by push. On an iPhone, add the app to the home screen first.",
    other: "The push service of this browser could not be reached. Try again later.",
  };
  const say = (form, text) => { form.querySelector(".push-said").textContent = text; };
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const letters = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const can = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  // One that is there already may be another user's, or of another key: each question is about a new one.
  const forget = async () => {
    const { pushManager } = await navigator.serviceWorker.ready;
    const old = await pushManager.getSubscription();
    if (old) await old.unsubscribe();
    return pushManager;
  };
  const subscribe = async (form) => {
    if (!can()) return say(form, words.missing);
    say(form, words.asking);
    if ((await Notification.requestPermission()) !== "granted") return say(form, words.refused);
    try {
      const pushManager = await forget();
      const key = bytes(form.dataset.push);
      const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = letters(made.getKey("p256dh"));
      form.elements.auth.value = letters(made.getKey("auth"));
      form.submit();
    } catch {
      say(form, words.other);
    }
  };
  // On the body: a live page puts new parts in the place of old ones.
  const heard = async () => {
    if (!document.querySelector("[data-push-lost]")) return;
    const asked = can() && Notification.permission === "granted";
    const here = asked && (await (await navigator.serviceWorker.ready).pushManager.getSubscription());
    document.body.classList.toggle("unheard", !here);
  };
  const look = () => { heard().catch(() => {}); };
  look();
  addEventListener("focus", look);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-push-off]") && can() && !form.dataset.sent) {
      event.preventDefault();
      form.dataset.sent = "yes";
      // The server forgets it whether the browser does or not.
      forget().catch(() => {}).finally(() => form.submit());
    }
    if (!form.matches("form[data-push]")) return;
    event.preventDefault();
    if (form.dataset.asking) return;
    form.dataset.asking = "yes";
    subscribe(form).finally(() => { delete form.dataset.asking; });
  });
}
