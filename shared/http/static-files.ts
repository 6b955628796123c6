import express, { type RequestHandler } from 'express';

const HEADERS = {
  'Content-Security-Policy': "default-src 'self'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

/** Serves the files of a folder, `/` as its index.html; what is not there is left to the next. */
export function staticFiles(root: string): RequestHandler {
  return express.static(root, {
    dotfiles: 'deny',
    index: 'index.html',
    redirect: false,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    },
  });
}
