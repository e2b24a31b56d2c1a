import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import type {
  Attributes,
  AttributeValue,
  Context,
  ContextManager,
  Span,
  SpanContext,
  SpanOptions,
  SpanStatus,
  Tracer,
} from "@opentelemetry/api";
import { onTestFinished } from "vitest";

/** A span as it ended. */
export interface EndedSpan {
  readonly name: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  readonly status: SpanStatus | undefined;
}

/** Stands for the SDK that people bring: everything that is traced until the test has ended. */
export function recordSpans(): readonly EndedSpan[] {
  const ended: EndedSpan[] = [];
  const tracer = recordingTracer(ended);
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  context.setGlobalContextManager(new Contexts());
  onTestFinished(() => {
    trace.disable();
    context.disable();
  });
  return ended;
}

class Contexts implements ContextManager {
  readonly #contexts = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#contexts.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#contexts.run(active, () => work.apply(self, args));
  }

  bind<T>(_context: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#contexts.disable();
    return this;
  }
}

let spans = 0;

class RecordingSpan implements Span {
  readonly #context: SpanContext;
  readonly #parent: Span | undefined;
  readonly #ended: EndedSpan[];
  readonly #name: string;
  readonly #attributes: Attributes;
  #status: SpanStatus | undefined;

  constructor(name: string, { attributes = {} }: SpanOptions, ended: EndedSpan[]) {
    spans += 1;
    this.#name = name;
    this.#attributes = { ...attributes };
    this.#ended = ended;
    this.#parent = trace.getActiveSpan();
    const traceId = this.#parent?.spanContext().traceId ?? spans.toString(16).padStart(32, "0");
    this.#context = { traceId, spanId: spans.toString(16).padStart(16, "0"), traceFlags: 1 };
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  setAttribute(name: string, value: AttributeValue): this {
    this.#attributes[name] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.#attributes, attributes);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#status = status;
    return this;
  }

  addEvent(): this {
    throw new Error("Tandem adds no events to spans");
  }

  recordException(): never {
    throw new Error("exceptions have words, which may name people");
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  isRecording(): boolean {
    return true;
  }

  end(): void {
    this.#ended.push({
      name: this.#name,
      id: this.#context.spanId,
      parent: this.#parent?.spanContext().spanId,
      attributes: this.#attributes,
      status: this.#status,
    });
  }
}

function recordingTracer(ended: EndedSpan[]): Tracer {
  const startSpan = (name: string, options: SpanOptions = {}): Span =>
    new RecordingSpan(name, options, ended);
  return {
    startSpan,
    startActiveSpan: (name: string, options: SpanOptions, work: (span: Span) => unknown) => {
      const span = startSpan(name, options);
      return context.with(trace.setSpan(context.active(), span), () => work(span));
    },
  } as Tracer;
}
