import Foundation
import Testing

/// The files of this project, read once.
struct Project: Sendable, CustomTestStringConvertible {
    static let shared = Project()

    /// Only these are text that people write.
    private static let extensions: Set<String> = ["swift", "md", "yaml", "csv", "py", "h", "modulemap", "erl", ""]

    let root: URL
    let files: [ProjectFile]
    /// Every file and folder, relative to the root.
    let paths: Set<String>

    private init() {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var files: [ProjectFile] = []
        var paths: Set<String> = []
        let manager = FileManager.default
        var folders = [""]
        while let folder = folders.popLast() {
            let url = folder.isEmpty ? root : root.appending(path: folder)
            for name in ((try? manager.contentsOfDirectory(atPath: url.path)) ?? []).sorted() {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                if Self.isForeign(name) { continue }
                paths.insert(path)
                var isFolder: ObjCBool = false
                _ = manager.fileExists(atPath: root.appending(path: path).path, isDirectory: &isFolder)
                if isFolder.boolValue {
                    folders.append(path)
                } else if Self.extensions.contains(URL(filePath: path).pathExtension),
                    let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
                {
                    files.append(ProjectFile(path, text))
                }
            }
        }
        self.files = files.sorted { $0.path < $1.path }
        self.paths = paths
    }

    /// What tools make, not people.
    private static func isForeign(_ name: String) -> Bool {
        name.hasPrefix(".build") || [".git", ".run", ".swiftpm", "Package.resolved", "__pycache__"].contains(name)
    }

    var testDescription: String { "the project" }
    var swift: [ProjectFile] { files.filter { $0.path.hasSuffix(".swift") } }
    var sources: [ProjectFile] { swift.filter { $0.path.hasPrefix("Sources/") } }
    var markdown: [ProjectFile] { files.filter { $0.path.hasSuffix(".md") } }

    /// The names of the folders in Sources.
    var targets: [String] {
        paths.filter { $0.hasPrefix("Sources/") && $0.split(separator: "/").count == 2 }
            .map { String($0.dropFirst("Sources/".count)) }.sorted()
    }

    func file(_ path: String) -> ProjectFile? { files.first { $0.path == path } }
}
