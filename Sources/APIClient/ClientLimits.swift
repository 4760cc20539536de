/// The bounds of everything that an ``APIClient`` holds.
public enum ClientLimits {
    /// Bytes of one response body.
    public static let bodyBytes = 16 * 1024 * 1024
    /// Bytes of one server-sent event, and of one of its lines.
    public static let eventBytes = 1024 * 1024
    /// Events received that nobody has read yet; beyond it the stream ends with ``APIClientError/tooLarge``.
    public static let unreadEvents = 1_000
    /// Connections open at once to one server, event streams not counted.
    public static let connectionsPerServer = 64
    /// Requests that wait for one of these connections, for one server; beyond it `send` throws `notReachable`.
    public static let waitingPerServer = 4_096
    /// A connection that was idle for longer is closed and not used again.
    public static let idle: Duration = .seconds(20)
    /// Longest wait for a connection to open, TLS included, before the next server is tried.
    public static let connect: Duration = .seconds(3)
    /// An event stream that is silent for longer (heartbeats come every 15 s) ends with `timedOut`.
    public static let streamSilence: Duration = .seconds(50)
}
