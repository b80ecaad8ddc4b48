/** `importOnce.js PACKAGE`: how long importing it takes in a process that has loaded nothing yet. */
const begun = performance.now();
await import(process.argv[2] ?? '');
console.log(JSON.stringify(performance.now() - begun));

export {};
