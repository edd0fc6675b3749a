// Fills in the browser's zone. Without this script the page is whole.
const zone = document.querySelector('input[name=zone]');
zone.value = zone.value || Intl.DateTimeFormat().resolvedOptions().timeZone || '';
