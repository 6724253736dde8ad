/** One download, as the window shows it. */
export interface Row {
  readonly id: string;
  readonly name: string;
  /** 0 to 1; null while the size is not known. */
  readonly progress: number | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** A message for the user: why the download is waiting or has failed. */
  readonly message: string;
}

/** All that the page can access, as `window.transfers`. It has no access to Electron or Node.js. */
export interface TransfersApi {
  list(): Promise<Row[]>;
  start(url: string): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Returns a function that removes the listener. */
  onChanged(listener: (rows: Row[]) => void): () => void;
}
