import { bashScript } from "./bash.ts";
import type { CommandShape } from "./command-shape.ts";

/** zsh runs completions of bash by its own \`bashcompinit\`. */
export function zshScript(commands: readonly CommandShape[]): string {
  const [, ...lines] = bashScript(commands).split("\n");
  return `# model-registry completion for zsh:  source <(model-registry completion zsh)
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${lines.join("\n")}`;
}
