export declare function bundle(input: Record<string, string>, dir: string): Promise<void>;
export declare function bundleShipped(): Promise<void>;
