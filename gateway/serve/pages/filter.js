// Shows only the routes that contain what was typed. Without this script the page is whole.
const find = document.getElementById('find');
find.hidden = false;
find.querySelector('input').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const route of document.querySelectorAll('details')) {
    const text = route.textContent.toLowerCase();
    route.hidden = !words.every((word) => text.includes(word));
  }
});
