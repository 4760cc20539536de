import Glibc

/// The one call on a link's socket that NIO has no name for.
enum LinkSocket {
    /// A second descriptor of the same connection, or -1.
    static func duplicate(_ descriptor: CInt) -> CInt { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
}
