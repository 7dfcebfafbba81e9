import type { S3Client } from "@aws-sdk/client-s3";

type Step = <Args, Result>(next: (args: Args) => Promise<Result>) => (args: Args) => Promise<Result>;

/** Where the SDK has its own retries; what has this name takes their place. */
interface RetryPlace {
  readonly step: "finalizeRequest";
  readonly priority: "high";
  readonly name: "retryMiddleware";
  readonly override: true;
}

interface Stack {
  add(step: Step, options: RetryPlace): void;
}

const once: Step = (next) => next;

/**
 * A view of a client that tries each command once: retries are core's alone, which knows what may be repeated. A command brings
 * its own stack of middleware, so a client of the user's is not changed and goes on repeating what its owner sends with it. Unlike
 * one attempt at most by configuration, this does without the SDK's limits of rate and its warning at a streamed body.
 */
export function oneAttempt(client: S3Client): S3Client {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "send" || typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        const [command] = args;
        if (hasStack(command)) {
          const options = {
            step: "finalizeRequest",
            priority: "high",
            name: "retryMiddleware",
            override: true,
          } as const;
          command.middlewareStack.add(once, options);
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
}

function hasStack(command: unknown): command is { readonly middlewareStack: Stack } {
  return typeof command === "object" && command !== null && "middlewareStack" in command;
}
