// Loaded before a server by --import: says on its standard error which module asks for which one of OpenTelemetry.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.includes("opentelemetry"))
      process.stderr.write(`LOADED ${specifier} BY ${context.parentURL}\n`);
    return next(specifier, context);
  },
});
