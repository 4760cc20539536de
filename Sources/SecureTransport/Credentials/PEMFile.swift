import COpenSSL
import Glibc

/// PEM texts and their files. Files that exist are never overwritten; private keys are readable by their owner only.
enum PEMFile {
    /// Larger files are no certificates of ours.
    static let sizeLimit = 1 << 20

    static func read(_ path: String) throws(CredentialError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot read '\(path)'", state: "nothing was changed") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw failure("cannot read '\(path)'", state: "nothing was changed") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[..<count])
            guard bytes.count <= sizeLimit else {
                throw .file("'\(path)' is larger than \(sizeLimit) bytes", state: "nothing was changed")
            }
        }
    }

    /// Makes a new file; an existing one is left as it is and refused.
    static func write(_ text: String, to path: String, isPrivate: Bool) throws(CredentialError) {
        let mode: mode_t = isPrivate ? 0o600 : 0o644
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("cannot create '\(path)'", state: "no file was changed") }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let error = failure("cannot write '\(path)'", state: "the partial file was removed")
                unlink(path)
                throw error
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Makes both files or neither.
    static func writePair(
        certificate: String, to certificateFile: String, key: String, to keyFile: String
    ) throws(CredentialError) {
        try write(key, to: keyFile, isPrivate: true)
        do {
            try write(certificate, to: certificateFile, isPrivate: false)
        } catch {
            unlink(keyFile)
            throw error
        }
    }

    private static func failure(_ text: String, state: String) -> CredentialError {
        .file("\(text): \(String(cString: strerror(errno)))", state: state)
    }

    /// Runs `body` with a memory BIO and gives back what it wrote.
    static func text(_ body: (OpaquePointer) -> Int32) throws(CredentialError) -> String {
        ERR_clear_error()
        guard let bio = BIO_new(BIO_s_mem()) else { throw .openSSL("out of memory") }
        defer { BIO_free(bio) }
        guard body(bio) == 1 else { throw .openSSL(OpenSSLErrors.drainText()) }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        let count = BIO_read(bio, &bytes, Int32(clamping: bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    /// Runs `body` with a memory BIO that holds `bytes`.
    static func parse(_ bytes: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        ERR_clear_error()
        guard let bio = BIO_new_mem_buf(bytes, Int32(clamping: bytes.count)) else { return nil }
        defer {
            BIO_free(bio)
            ERR_clear_error()
        }
        return body(bio)
    }
}
