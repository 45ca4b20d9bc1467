// The few pages of oidc-provider that people see.

const characters = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** @param {string} text */
export const escape = (text) => text.replace(/[&<>"']/g, (character) => characters[character]);

/** @param {string} title @param {string} body HTML */
export const page = (title, body) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <link rel="icon" href="data:,">
    <title>${title}</title>
  </head>
  <body><h1>${title}</h1>${body}</body>
</html>`;
