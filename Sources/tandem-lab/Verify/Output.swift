import Foundation

/// What a command says besides its result.
enum Output {
    /// Writes a line to standard error.
    static func error(_ text: String) {
        FileHandle.standardError.write(Data("tandem-lab: \(text)\n".utf8))
    }

    /// The sentence of an error, without the names of types and domains.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? CocoaError else { return "\(error)" }
        return error.code == .fileReadNoSuchFile ? "no such file" : error.localizedDescription
    }
}
