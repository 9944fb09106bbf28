// The secret of a one-time link, which stands behind the # of its address.

// takeSecret calls `use` with the secret, now and whenever another link is followed within this
// page, and takes it out of the address bar and the history first.
export function takeSecret(use) {
  const take = () => {
    const secret = location.hash.slice(1);
    if (secret === "") return;
    history.replaceState(null, "", location.pathname + location.search);
    use(secret);
  };
  window.addEventListener("hashchange", take);
  take();
}
