export declare function bundle(input: Record<string, string>, dir: string): Promise<string[]>;
export declare function bundleShipped(): Promise<void>;
