/** One download, as the window shows it. */
export interface Row {
  readonly id: string;
  readonly name: string;
  /** 0 to 1; null while the size is not known. */
  readonly progress: number | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** What to tell the user: why it waits or failed. */
  readonly message: string;
}

/** What the page sees of the app, as `window.transfers`: these four, and nothing of Electron or Node. */
export interface TransfersApi {
  list(): Promise<Row[]>;
  start(url: string): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Returns a function that ends it. */
  onChanged(listener: (rows: Row[]) => void): () => void;
}
