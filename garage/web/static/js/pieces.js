// Where parts and works are looked for: on a wide screen one types, or scans with a keyboard reader, at once.
// On a phone the keyboard stays away.

const field = document.querySelector("[data-recherche]");
const busy = document.querySelector("[autofocus], [data-resume-erreurs]");
if (field && !busy && window.matchMedia("(min-width: 48rem)").matches) field.focus({ preventScroll: true });
