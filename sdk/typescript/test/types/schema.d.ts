// The types of the project blog, at version 2 of its schema.
// Generated: make them anew after a change of the schema.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

type Operators1 = "any" | "eq" | "in" | "isnull";
type Operators2 = "eq" | "in" | "isnull" | "neq" | "notin";
type Operators3 = "all" | "any" | "contains" | "eq" | "isnull" | "neq";
type Operators4 = "contains" | "eq" | "has_key" | "in" | "isnull" | "neq" | "notin";
type Operators5 = "between" | "eq" | "gt" | "gte" | "in" | "isnull" | "lt" | "lte" | "neq" | "notin";
type Operators6 = "between" | "contains" | "endswith" | "eq" | "gt" | "gte" | "icontains" | "iexact" | "in" | "isnull" | "istartswith" | "lt" | "lte" | "neq" | "notin" | "search" | "startswith";

/** Users */
export interface Users {
  id: string;
  created_at: string;
  updated_at: string;
  email: string | null;
  name: string | null;
  email_verified: boolean;
  status: "active" | "suspended";
  roles: string[];
  last_login_at: string | null;
}

export interface UsersCreate {
  id?: string;
  name?: string | null;
}

export interface UsersUpdate {
  name?: string | null;
}

export interface Authors {
  id: string;
  created_at: string;
  updated_at: string;
  name: string;
  country: string | null;
  mentor_id: string | null;
}

export interface AuthorsCreate {
  id?: string;
  name: string;
  country?: string | null;
  mentor_id?: string | null;
}

export interface AuthorsUpdate {
  name?: string;
  country?: string | null;
  mentor_id?: string | null;
}

/** What authors write. */
export interface Posts {
  id: string;
  created_at: string;
  updated_at: string;
  title: string;
  slug: string | null;
  views: number | null;
  status: "draft" | "published" | null;
  meta: Json | null;
  words: string[] | null;
  published_at: string | null;
  author_id: string | null;
  tags: number[];
}

export interface PostsCreate {
  id?: string;
  title: string;
  slug?: string | null;
  views?: number | null;
  status?: "draft" | "published" | null;
  meta?: Json | null;
  words?: string[] | null;
  published_at?: string | Date | null;
  author_id?: string | null;
  tags?: number[];
}

export interface PostsUpdate {
  title?: string;
  slug?: string | null;
  views?: number | null | { $inc: number };
  status?: "draft" | "published" | null;
  meta?: Json | null;
  words?: string[] | null | { $append: string | string[] };
  published_at?: string | Date | null;
  author_id?: string | null;
  tags?: number[];
}

export interface Comments {
  id: string;
  created_at: string;
  updated_at: string;
  text: string;
  post_id: string | null;
}

export interface CommentsCreate {
  id?: string;
  text: string;
  post_id?: string | null;
}

export interface CommentsUpdate {
  text?: string;
  post_id?: string | null;
}

export interface Tags {
  id: number;
  created_at: string;
  updated_at: string;
  name: string;
}

export interface TagsCreate {
  id?: number;
  name: string;
}

export interface TagsUpdate {
  name?: string;
}

export interface Notes {
  id: string;
  created_at: string;
  updated_at: string;
  text: string | null;
  owner_id: string;
}

export interface NotesCreate {
  id?: string;
  text?: string | null;
  owner_id?: string;
}

export interface NotesUpdate {
  text?: string | null;
  owner_id?: string;
}

export interface Schema {
  users: {
    record: Users;
    create: UsersCreate;
    update: UsersUpdate;
    conditions: {
      id: { value: string; operators: Operators5 };
      created_at: { value: string | Date; operators: Operators5 };
      updated_at: { value: string | Date; operators: Operators5 };
      email: { value: string; operators: Operators6 };
      name: { value: string; operators: Operators6 };
      email_verified: { value: boolean; operators: Operators2 };
      status: { value: "active" | "suspended"; operators: Operators6 };
      roles: { value: string[]; operators: Operators3 };
      last_login_at: { value: string | Date; operators: Operators5 };
    };
    relations: {};
    sorts: "id" | "created_at" | "updated_at" | "email" | "name" | "email_verified" | "status" | "last_login_at";
    keys: "id" | "email";
  };
  authors: {
    record: Authors;
    create: AuthorsCreate;
    update: AuthorsUpdate;
    conditions: {
      id: { value: string; operators: Operators5 };
      created_at: { value: string | Date; operators: Operators5 };
      updated_at: { value: string | Date; operators: Operators5 };
      name: { value: string; operators: Operators6 };
      country: { value: string; operators: Operators6 };
      mentor_id: { value: string; operators: Operators5 };
      mentor: { value: string; operators: Operators5 };
    };
    relations: {
      mentor: { to: "authors"; many: false };
      posts: { to: "posts"; many: true };
    };
    sorts: "id" | "created_at" | "updated_at" | "name" | "country" | "mentor_id";
    keys: "id";
  };
  posts: {
    record: Posts;
    create: PostsCreate;
    update: PostsUpdate;
    conditions: {
      id: { value: string; operators: Operators5 };
      created_at: { value: string | Date; operators: Operators5 };
      updated_at: { value: string | Date; operators: Operators5 };
      title: { value: string; operators: Operators6 };
      slug: { value: string; operators: Operators6 };
      views: { value: number; operators: Operators5 };
      status: { value: "draft" | "published"; operators: Operators6 };
      meta: { value: Json; operators: Operators4 };
      words: { value: string[]; operators: Operators3 };
      published_at: { value: string | Date; operators: Operators5 };
      author_id: { value: string; operators: Operators5 };
      author: { value: string; operators: Operators5 };
      tags: { value: number; operators: Operators1 };
    };
    relations: {
      author: { to: "authors"; many: false };
      comments: { to: "comments"; many: true };
      tags: { to: "tags"; many: true };
    };
    sorts: "id" | "created_at" | "updated_at" | "title" | "slug" | "views" | "status" | "published_at" | "author_id";
    keys: "id" | "slug";
  };
  comments: {
    record: Comments;
    create: CommentsCreate;
    update: CommentsUpdate;
    conditions: {
      id: { value: string; operators: Operators5 };
      created_at: { value: string | Date; operators: Operators5 };
      updated_at: { value: string | Date; operators: Operators5 };
      text: { value: string; operators: Operators6 };
      post_id: { value: string; operators: Operators5 };
      post: { value: string; operators: Operators5 };
    };
    relations: {
      post: { to: "posts"; many: false };
    };
    sorts: "id" | "created_at" | "updated_at" | "text" | "post_id";
    keys: "id";
  };
  tags: {
    record: Tags;
    create: TagsCreate;
    update: TagsUpdate;
    conditions: {
      id: { value: number; operators: Operators5 };
      created_at: { value: string | Date; operators: Operators5 };
      updated_at: { value: string | Date; operators: Operators5 };
      name: { value: string; operators: Operators6 };
    };
    relations: {};
    sorts: "id" | "created_at" | "updated_at" | "name";
    keys: "id" | "name";
  };
  notes: {
    record: Notes;
    create: NotesCreate;
    update: NotesUpdate;
    conditions: {
      id: { value: string; operators: Operators5 };
      created_at: { value: string | Date; operators: Operators5 };
      updated_at: { value: string | Date; operators: Operators5 };
      text: { value: string; operators: Operators6 };
      owner_id: { value: string; operators: Operators5 };
      owner: { value: string; operators: Operators5 };
    };
    relations: {
      owner: { to: "users"; many: false };
    };
    sorts: "id" | "created_at" | "updated_at" | "text" | "owner_id";
    keys: "id";
  };
}
